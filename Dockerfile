# The service alone: no demo, no tests, no training, no shell needed (docs/adr/0101-an-image-without-an-engine.md).
#   docker build --target service -t thrombectomy-cds .              weights mounted at /models
#   docker build --target service-with-models -t thrombectomy-cds:models .
# Both bases are pinned by tag. Where they can be pulled, pin them by digest and keep the digest beside the release:
#   --build-arg BUILD_IMAGE=docker.io/library/node:24.21.0-bookworm-slim@sha256:…
ARG BUILD_IMAGE=docker.io/library/node:24.21.0-bookworm-slim
# Any base with glibc and libstdc++ will do (also gcr.io/distroless/cc-debian12): nothing is run while it is put together.
ARG RUNTIME_IMAGE=docker.io/library/debian:12.11-slim

FROM ${BUILD_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Only `node` may run its install script (allowScripts): it brings the runtime, so the runtime image needs none.
RUN npm ci --omit=dev --no-audit --no-fund
COPY deploy/image/ deploy/image/
RUN node deploy/image/prune-node-modules.mjs node_modules && mkdir -p /empty/data /empty/tmp
COPY src/ src/
COPY cds-hooks/ cds-hooks/
COPY evidence/ evidence/
COPY fhir-profiles/generated/ fhir-profiles/generated/
COPY models/contract.schema.json models/
RUN rm -rf src/sandbox src/phantom cds-hooks/*/examples

FROM ${RUNTIME_IMAGE} AS runtime
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="thrombectomy-cds" \
      org.opencontainers.image.description="CDS Hooks service that answers a thrombectomy order from the patient's own CT. Research software, not a medical device." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="docker.io/library/debian:12.11-slim"
WORKDIR /app
# Owned by root, read-only for the service. What changes least comes first.
COPY --from=build /app/node_modules/ node_modules/
COPY --from=build /app/fhir-profiles/ fhir-profiles/
COPY --from=build /app/evidence/ evidence/
COPY --from=build /app/cds-hooks/ cds-hooks/
COPY --from=build /app/models/ models/
COPY --from=build /app/src/ src/
COPY --from=build /app/deploy/image/health-check.mjs deploy/image/
COPY package.json LICENSE ./
COPY --from=build --chown=65532:65532 /empty/data /data
COPY --from=build --chown=65532:65532 /empty/tmp /tmp
# ORT_DISABLE_TELEMETRY: ONNX Runtime sends telemetry otherwise, and the service refuses to start without it.
# GLIBC_TUNABLES: large pages, as `npm start` has them.
ENV NODE_ENV=production \
    ORT_DISABLE_TELEMETRY=1 \
    GLIBC_TUNABLES=glibc.malloc.hugetlb=1 \
    HOST=0.0.0.0 \
    PORT=8080 \
    DATA_DIR=/data \
    MODELS_DIR=/models \
    ENSEMBLE_FILE=/models/ensemble.json
USER 65532:65532
# With --read-only these are the only places that can be written.
VOLUME ["/data", "/tmp"]
EXPOSE 8080
# Node is process 1: it handles SIGTERM itself and reaps its own inference process, so there is no init in front of it.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=10s --start-period=120s --retries=3 \
  CMD ["/app/node_modules/node/bin/node", "/app/deploy/image/health-check.mjs"]
ENTRYPOINT ["/app/node_modules/node/bin/node", "/app/src/main.ts"]

FROM runtime AS service-with-models
COPY models/ensemble.json /models/
COPY models/inception_v4/0.3.0/ /models/inception_v4/0.3.0/
COPY models/legacy_seresnet101/0.2.0/ /models/legacy_seresnet101/0.2.0/

FROM runtime AS service
