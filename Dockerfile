FROM python:3.13-slim AS build
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /app
COPY requirements/base.txt requirements/
RUN uv venv /venv && VIRTUAL_ENV=/venv uv pip sync --require-hashes requirements/base.txt

FROM python:3.13-slim
RUN useradd --system --create-home --uid 10001 afterlaunch
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 DJANGO_SETTINGS_MODULE=config.settings.base
COPY --from=build /venv /venv
WORKDIR /app
COPY manage.py ./
COPY config config
COPY apps apps
COPY templates templates
RUN SECRET_KEY=build DATABASE_URL=postgresql://x@localhost/x REDIS_URL=redis://localhost \
    python manage.py collectstatic --noinput && mkdir -p /data && chown afterlaunch /data
USER afterlaunch
ENV MEDIA_ROOT=/data/media AFTERLAUNCH_HOME=/data
EXPOSE 8000
CMD ["python", "manage.py", "web"]
