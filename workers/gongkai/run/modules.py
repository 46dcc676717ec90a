"""The one list of modules, and the metadata of all their tables."""

import gongkai.accounts.models
import gongkai.admin.reorganisation.models
import gongkai.catalog.models
import gongkai.core.models
import gongkai.publishing.batches.models
import gongkai.publishing.collection.models
import gongkai.publishing.emergency.models
import gongkai.publishing.handover.models
import gongkai.publishing.imports.models
import gongkai.publishing.intake.models
import gongkai.publishing.lifecycle.models
import gongkai.publishing.likeness.models
import gongkai.publishing.linkcheck.models
import gongkai.publishing.links.models
import gongkai.publishing.models
import gongkai.publishing.oldpages.models
import gongkai.publishing.sections.models
import gongkai.publishing.signing.models
import gongkai.publishing.terms.models
import gongkai.search.meaning.models
import gongkai.search.models
import gongkai.supervision.assignments.models
import gongkai.supervision.digest.models
import gongkai.supervision.external.models
import gongkai.supervision.models
import gongkai.supervision.proceedings.models
import gongkai.supervision.reports_due.models
import gongkai.supervision.rounds.models
import gongkai.supervision.slips.models
import gongkai.supervision.spotchecks.models
import gongkai.supervision.statements.models
import gongkai.supervision.training.models
import gongkai.supervision.transfers.models
import gongkai.tenancy.models
import gongkai.web.pdf.models  # noqa: F401 - every table must be known to METADATA
from gongkai.accounts.module import MODULE as ACCOUNTS
from gongkai.admin.module import MODULE as ADMIN
from gongkai.catalog.module import MODULE as CATALOG
from gongkai.core.db import Base
from gongkai.core.module import Module
from gongkai.portal.module import MODULE as PORTAL
from gongkai.publishing.archive.module import MODULE as ARCHIVE
from gongkai.publishing.batches.module import MODULE as BATCHES
from gongkai.publishing.collection.module import MODULE as COLLECTION
from gongkai.publishing.emergency.module import MODULE as EMERGENCY
from gongkai.publishing.imports.module import MODULE as IMPORTS
from gongkai.publishing.intake.module import MODULE as INTAKE
from gongkai.publishing.lifecycle.module import MODULE as LIFECYCLE
from gongkai.publishing.likeness.module import MODULE as LIKENESS
from gongkai.publishing.linkcheck.module import MODULE as LINK_CHECK
from gongkai.publishing.links.module import MODULE as LINKS
from gongkai.publishing.module import MODULE as PUBLISHING
from gongkai.publishing.oldpages.module import MODULE as OLD_PAGES
from gongkai.publishing.signing.module import MODULE as SIGNING
from gongkai.publishing.terms.module import MODULE as TERMS
from gongkai.search.module import MODULE as SEARCH
from gongkai.supervision.agenda.module import MODULE as AGENDA
from gongkai.supervision.assignments.module import MODULE as ASSIGNMENTS
from gongkai.supervision.burdens.module import MODULE as BURDENS
from gongkai.supervision.digest.module import MODULE as DIGEST
from gongkai.supervision.external.module import MODULE as EXTERNAL
from gongkai.supervision.module import MODULE as SUPERVISION
from gongkai.supervision.outlook.module import MODULE as OUTLOOK
from gongkai.supervision.proceedings.module import MODULE as PROCEEDINGS
from gongkai.supervision.reports_due.module import MODULE as REPORTS_DUE
from gongkai.supervision.rounds.module import MODULE as ROUNDS
from gongkai.supervision.slips.module import MODULE as SLIPS
from gongkai.supervision.spotchecks.module import MODULE as SPOT_CHECKS
from gongkai.supervision.statements.module import MODULE as STATEMENTS
from gongkai.supervision.training.module import MODULE as TRAINING
from gongkai.supervision.transfers.module import MODULE as TRANSFERS
from gongkai.tenancy.module import MODULE as TENANCY
from gongkai.web.pdf.module import MODULE as PDF

ROOMS: tuple[Module, ...] = (
    PUBLISHING, SIGNING, LINKS, IMPORTS, BATCHES, COLLECTION, INTAKE, LIFECYCLE, EMERGENCY, ARCHIVE, OLD_PAGES, TERMS,
    LINK_CHECK, LIKENESS,
)  # fmt: skip
MODULES: tuple[Module, ...] = (
    ACCOUNTS,
    TENANCY,
    PDF,
    ADMIN,
    CATALOG,
    *ROOMS,
    SUPERVISION,
    REPORTS_DUE,
    EXTERNAL,
    TRAINING,
    SLIPS,
    ASSIGNMENTS,
    ROUNDS,
    STATEMENTS,
    AGENDA,
    OUTLOOK,
    DIGEST,
    BURDENS,
    TRANSFERS,
    SPOT_CHECKS,
    PROCEEDINGS,
    PORTAL,
    SEARCH,
)
METADATA = Base.metadata
