"""Settings: `base` for all, `dev`, `production`, `test`; `chosen` is the one APP_ENV names."""
