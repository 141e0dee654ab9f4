"""A peer to measure beside: djoser and simplejwt, put together as a Django team would."""
