"""Access: the law. Who may do what to which record, and what is sensitive. It decides; it never logs."""
