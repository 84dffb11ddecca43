"""What a user sees on a screen: each widget owns its state and speaks by messages."""
