"""What an assistant program on this machine may ask: a read-only server of the Model Context
Protocol over one dataset."""
