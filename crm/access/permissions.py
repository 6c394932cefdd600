"""Permissions: the words of the law. Each member says below it what it lets a person do."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """One thing a person may be allowed. Named `subject:act`, in alphabetical order."""

    ANYONE = "anyone"
    """Open to whoever asks, signed in or not: the sign-in page and the health check."""

    BACKUP_MANAGE = "backup:manage"
    """Take backups, drill restoring, carry the sealed files to another machine."""

    COMPLAINT_HANDLE = "complaint:handle"
    """Take customers' complaints, look after one's own, and close them."""

    CONTRIBUTION_DECIDE = "contribution:decide"
    """Read what was contributed about a customer, and accept or reject it fact by fact."""
    CONTRIBUTION_WRITE = "contribution:write"
    """Write facts about a customer, without gaining any reading."""

    CUSTOMER_ASSIGN = "customer:assign"
    """Hand customers over to somebody else to look after, one or many."""
    CUSTOMER_BIN = "customer:bin"
    """Put a customer card into the recycle bin, and take it out within 30 days."""
    CUSTOMER_CLAIM = "customer:claim"
    """Take a card out of the public pool and be responsible for it."""
    CUSTOMER_COPY = "customer:copy"
    """Get opened values as text that can be carried elsewhere; by grant only."""
    CUSTOMER_CREATE = "customer:create"
    """Make a new customer card and be responsible for it."""
    CUSTOMER_DIAL = "customer:dial"
    """Call a number or navigate to an address without reading it on the desk's screen."""
    CUSTOMER_EDIT = "customer:edit"
    """Change facts of a customer; prose opens as text in its field."""
    CUSTOMER_ERASE = "customer:erase"
    """Answer a contact who asks what is held about them, and erase it for good."""
    CUSTOMER_EXPORT = "customer:export"
    """Take cards out as a workbook; by grant only, confirmed by a second person."""
    CUSTOMER_FIELDS = "customer:fields"
    """Define the company's own extra fields."""
    CUSTOMER_FOLLOW_UP = "customer:follow-up"
    """Write down a call, visit or message and the next date."""
    CUSTOMER_HISTORY = "customer:history"
    """Read who changed which field of a customer, and when."""
    CUSTOMER_IMPORT = "customer:import"
    """Bring customers in from a workbook."""
    CUSTOMER_LIST = "customer:list"
    """See the open fields of customers in lists and on cards."""
    CUSTOMER_MERGE = "customer:merge"
    """Look for duplicates, compare two cards without opening them, merge them and undo it."""
    CUSTOMER_OPEN = "customer:open"
    """Open a work card for a purpose: its internal fields for 15 minutes."""
    CUSTOMER_POOL = "customer:pool"
    """See the lines of the public pool: open fields only, so many a day."""
    CUSTOMER_POOL_RUN = "customer:pool-run"
    """Give cards of the public pool to somebody, and let its rules work at once."""
    CUSTOMER_PRINT = "customer:print"
    """Print a filled card; by grant only."""
    CUSTOMER_PURCHASE = "customer:purchase"
    """Record, correct and import what a customer bought."""
    CUSTOMER_RELEASE = "customer:release"
    """Put an own card back into the public pool, with a reason."""
    CUSTOMER_REVEAL = "customer:reveal"
    """Look at single secret values for a purpose, for 60 seconds."""
    CUSTOMER_SEEN_BY = "customer:seen-by"
    """Read who looked at a customer, when and for what."""
    CUSTOMER_SHRED = "customer:shred"
    """Shred a card in the recycle bin at once, before its 30 days are over."""

    FACTOR_RECOVER = "factor:recover"
    """Let somebody who lost the second factor in again, together with another person."""
    GRANT_ASK = "grant:ask"
    """Ask for access to customers beyond one's post, and see what one holds."""
    GRANT_CONFIRM = "grant:confirm"
    """Be the second person for what takes values out of the house."""
    GRANT_DECIDE = "grant:decide"
    """Approve, narrow, refuse and revoke grants, and give standing ones."""
    GRANT_DELEGATE = "grant:delegate"
    """Let 执行董事 decide in one's place between two dates."""

    HOUSE_SETTINGS = "house:settings"
    """Change the settings of the house: the pool's rules, what makes a level."""

    INTAKE_LINK = "intake:link"
    """Make a link by which a customer fills in the form once, and take it back."""

    LAW_APPROVE = "law:approve"
    """Approve or refuse a change of the law that somebody else proposed."""
    LAW_PROPOSE = "law:propose"
    """Propose a change of the law within its limits, and take one's proposal back."""
    LAW_READ = "law:read"
    """Read the whole law: every post's rights with their clauses."""

    LEAVING_ENTER = "leaving:enter"
    """Enter a colleague's leaving, dismissal or going without a word, and take it back."""
    LEAVING_GIVE = "leaving:give"
    """Give notice of one's own leaving, follow it, acknowledge secrecy."""
    LEAVING_RUN = "leaving:run"
    """See who is leaving, and tick off one's part of the checklist."""
    LEAVING_SIGN = "leaving:sign"
    """Agree to shorter notice, read its reason, and sign a handover that is complete."""

    LOG_EXPORT = "log:export"
    """Take the access log out as a file."""
    LOG_READ = "log:read"
    """Read the access log; reading it is logged too."""

    PEOPLE_MANAGE = "people:manage"
    """Make accounts, change posts and teams, reset passwords, end sessions."""

    SIGNED_IN = "signed-in"
    """Every person with an account: the first page, their own sessions and their own rights."""

    @property
    def needs_person(self) -> bool:
        """Whether somebody must be signed in before the law is asked at all."""
        return self is not Permission.ANYONE
