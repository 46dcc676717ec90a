"""What PDF copies of official documents add to the product."""

from datetime import timedelta

from gongkai.core.module import Module, Periodic
from gongkai.core.ports import Services
from gongkai.web.pdf.services import WANTED, convert_wanted, forget_old
from gongkai.web.pdf.views import blueprint


def converter_remark(services: Services) -> str | None:
    """What keeps the converter from working, where there is one; documents can still be had as .docx."""
    return services.converter.problem()


MODULE = Module(
    name="pdf",
    blueprints=(blueprint,),
    handlers={WANTED: convert_wanted},
    schedule=(Periodic("pdf.forget_old", timedelta(days=1), forget_old),),
    remarks={"pdf_converter": converter_remark},
)
