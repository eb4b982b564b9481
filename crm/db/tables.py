"""Every table in one place, for migrations and tools."""

from crm.community import models as community
from crm.consent import models as consent
from crm.conversation import models as conversation
from crm.db.base import Base
from crm.event import models as event
from crm.insights import indexes as insights
from crm.mail import models as mail
from crm.moment import models as moment
from crm.offer import models as offer
from crm.order import models as order
from crm.privacy import models as privacy
from crm.profile import models as profile
from crm.profile import relations
from crm.profile.merging import models as merging
from crm.source import models as source
from crm.staff import models as staff
from crm.ticket import models as ticket
from crm.value import models as value

AREAS = (
    community,
    consent,
    conversation,
    event,
    insights,
    mail,
    merging,
    moment,
    offer,
    order,
    privacy,
    profile,
    relations,
    source,
    staff,
    ticket,
    value,
)
metadata = Base.metadata
