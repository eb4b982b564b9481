"""Every table in one place, for migrations and tools."""

from crm.consent import models as consent
from crm.conversation import models as conversation
from crm.db.base import Base
from crm.mail import models as mail
from crm.offer import models as offer
from crm.order import models as order
from crm.profile import models as profile
from crm.staff import models as staff
from crm.ticket import models as ticket

AREAS = (consent, conversation, mail, offer, order, profile, staff, ticket)
metadata = Base.metadata
