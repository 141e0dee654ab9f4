# The packages, in a stage of their own: pip and its leavings stay behind.
FROM python:3.11-slim AS packages
WORKDIR /app
COPY config/requirements/runtime.txt .
RUN python -m venv --without-pip .venv \
    && pip --python .venv/bin/python install --no-cache-dir --require-hashes --no-deps -r runtime.txt

FROM python:3.11-slim
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
# The program may write in data/ and nowhere else. A fixed number, so that key files and volumes
# can be handed to it from outside.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin muster \
    && install -d -o muster -g muster data
COPY --from=packages /app/.venv .venv
COPY . .
USER muster
EXPOSE 5001
HEALTHCHECK --start-period=30s --interval=15s --timeout=5s CMD ["python", "-c", \
    "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ.get('PORT', '5001')}/live\", timeout=4)"]
CMD ["python", "manage.py", "serve", "--host", "0.0.0.0"]
