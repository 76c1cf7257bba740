# One image, one command each: `earshot run segmenter|transcriber|glossary|sink`, `earshot capture …`.
#   docker build --target cpu  -t earshot:cpu .
#   docker build --target cuda -t earshot:cuda --build-arg MODEL=large-v3-turbo .
# MODEL is a folder in this repository, or a hub name that is fetched now: nothing is fetched at the start.
# Wants Docker 23 or newer (its own builder reads the here-document below; no frontend image is fetched for it).

ARG PYTHON=3.11

FROM python:${PYTHON}-slim-bookworm AS packages
RUN pip install --no-cache-dir --disable-pip-version-check uv
RUN uv venv --python "$(command -v python3)" /opt/earshot
ENV VIRTUAL_ENV=/opt/earshot UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
WORKDIR /src
COPY pyproject.toml requirements.lock ./
COPY deploy/image-overrides.txt deploy/
# The lock pins and hashes every package; the overrides leave the embedded broker and engine out of the image.
# The packages come before the code, so that a change of the code installs nothing anew.
RUN uv pip install --no-cache --constraint requirements.lock --override deploy/image-overrides.txt -r pyproject.toml

FROM packages AS build
COPY README.md LICENSE ./
COPY schemas schemas
COPY runtime runtime
COPY producers producers
COPY processors processors
COPY sinks sinks
COPY local local
COPY review review
COPY earshot earshot
COPY demo demo
RUN uv pip install --no-cache --no-deps --build-constraint requirements.lock .

FROM packages AS build-cuda
RUN uv pip install --no-cache --constraint requirements.lock --override deploy/image-overrides.txt \
    --extra cuda -r pyproject.toml
COPY --from=build /src /src
RUN uv pip install --no-cache --no-deps --build-constraint requirements.lock .

FROM packages AS model
ARG MODEL=models/demo
COPY models models
RUN /opt/earshot/bin/python - "$MODEL" <<'PYTHON'
import shutil, sys
from pathlib import Path

wanted, shelf = sys.argv[1], Path("/models")
folder = shelf / Path(wanted).name
if Path(wanted).is_dir():
    shutil.copytree(wanted, folder)
else:
    from faster_whisper import download_model
    download_model(wanted, output_dir=str(folder))
(shelf / "whisper").symlink_to(folder)
PYTHON

FROM python:${PYTHON}-slim-bookworm AS base
RUN groupadd --gid 10001 earshot \
 && useradd --uid 10001 --gid 10001 --create-home earshot \
 && install -d -o earshot -g earshot /var/lib/earshot
ENV PATH=/opt/earshot/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HF_HUB_OFFLINE=1 \
    EARSHOT_LOCAL__KAFKA=false \
    EARSHOT_LOCAL__CLICKHOUSE=false \
    EARSHOT_LOCAL__DATA_DIR=/var/lib/earshot \
    EARSHOT_LOG__FORMAT=json \
    EARSHOT_OPS__HOST=0.0.0.0 \
    EARSHOT_OPS__PORT=9400 \
    EARSHOT_WHISPER__MODEL=/models/whisper
COPY --from=model /models /models
WORKDIR /var/lib/earshot
USER earshot
EXPOSE 9400
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.build_opener(u.ProxyHandler({})).open('http://127.0.0.1:9400/healthz', timeout=4)"]
ENTRYPOINT ["earshot"]
CMD ["--help"]

FROM base AS cuda
COPY --from=build-cuda /opt/earshot /opt/earshot
# CTranslate2 opens cuBLAS and cuDNN by name; the driver itself comes from the host's container toolkit.
ENV LD_LIBRARY_PATH=/opt/earshot/lib/python3.11/site-packages/nvidia/cublas/lib:/opt/earshot/lib/python3.11/site-packages/nvidia/cudnn/lib:/opt/earshot/lib/python3.11/site-packages/nvidia/cuda_nvrtc/lib \
    EARSHOT_WHISPER__DEVICE=cuda \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility

FROM base AS cpu
COPY --from=build /opt/earshot /opt/earshot
