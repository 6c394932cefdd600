"""Access: the law – who may do what to which record, and what is sensitive. It never logs."""
