"""The thin, typed ARI client: commands by HTTP, events by websocket, several nodes."""
