"""What the doctor reads of an account and a stage; nothing here changes anything."""
