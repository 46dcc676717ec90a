"""The one list of modules, and the metadata of all their tables."""

import gongkai.accounts.models
import gongkai.catalog.models
import gongkai.core.models
import gongkai.publishing.batches.models
import gongkai.publishing.collection.models
import gongkai.publishing.models
import gongkai.search.models
import gongkai.supervision.models
import gongkai.tenancy.models  # noqa: F401 - every table must be known to METADATA
from gongkai.accounts.module import MODULE as ACCOUNTS
from gongkai.admin.module import MODULE as ADMIN
from gongkai.catalog.module import MODULE as CATALOG
from gongkai.core.db import Base
from gongkai.core.module import Module
from gongkai.portal.module import MODULE as PORTAL
from gongkai.publishing.module import MODULE as PUBLISHING
from gongkai.search.module import MODULE as SEARCH
from gongkai.supervision.module import MODULE as SUPERVISION
from gongkai.tenancy.module import MODULE as TENANCY

MODULES: tuple[Module, ...] = (ACCOUNTS, TENANCY, ADMIN, CATALOG, PUBLISHING, SUPERVISION, PORTAL, SEARCH)
METADATA = Base.metadata
