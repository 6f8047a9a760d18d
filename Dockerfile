# The CPU image: built with everything, run with little. The classic builder and BuildKit both take this file.
#   docker build -t mindird:cpu .
#   docker run --rm -p 5500:5500 -p 5501:5501 -v "$PWD/servables:/servables:ro" -v mindird-cache:/cache mindird:cpu
# Pinned by digest: --build-arg NODE_IMAGE=node:24-bookworm-slim@sha256:…
# With TensorRT: deploy/docker/tensorrt.Dockerfile.
#
# A layer depends on what it copies: what changes seldom comes first. A change of the server builds nothing native.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS tools
WORKDIR /opt/mindird
COPY tools/setup.sh tools/
RUN tools/setup.sh --maven
COPY package.json package-lock.json ./
RUN npm ci
COPY tools/fetch-onednn.mjs tools/
COPY tools/lib tools/lib
RUN node tools/fetch-onednn.mjs

FROM tools AS native
# Where ccache finds what was compiled elsewhere, such as http://127.0.0.1:8080 with --network host.
ARG CCACHE_REMOTE_STORAGE=
COPY tools/build-native.mjs tools/fetch-tensorrt.mjs tools/
COPY CMakeLists.txt CMakePresets.json ./
COPY native native
RUN node tools/build-native.mjs

FROM native AS build
COPY tsconfig.json ./
COPY tools/build-server.mjs tools/
COPY proto proto
COPY server server
RUN node tools/build-server.mjs
COPY README.md LICENSE ./
COPY tools/package.mjs tools/fetch-arm64.mjs tools/
COPY tools/package tools/package
COPY bin bin
COPY servables servables
# As npm lays the two packages.
RUN node tools/package.mjs --no-build --no-tensorrt --folders --out /image \
 && mkdir -p /image/mindird/node_modules/@mindird \
 && mv /image/linux-x64 /image/mindird/node_modules/@mindird/

FROM ${NODE_IMAGE}
# Any user of group 0 may run it, as OpenShift wants.
RUN install -d -o 10001 -g 0 -m 2770 /cache && install -d /servables
COPY --from=build /image/mindird/ /opt/mindird/
USER 10001:0
ENV NODE_ENV=production
VOLUME /cache
EXPOSE 5500 5501
# Liveness only: while models load the server is alive and not ready.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:5501/livez').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/opt/mindird/bin/mindird"]
CMD ["serve", "--repository", "/servables", "--cache", "/cache"]
