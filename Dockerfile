# The CPU image: built with everything, run with little.
#   docker build -t mindird:cpu .
#   docker run --rm -p 5500:5500 -p 5501:5501 -v "$PWD/servables:/servables:ro" -v mindird-cache:/cache mindird:cpu
#
# The same on an image that has TensorRT 10 or 11 and its headers, of glibc 2.36 or later (Debian 12, Ubuntu 24.04); nothing is taken out of that image:
#   docker build --target tensorrt --build-arg TENSORRT_IMAGE=NAME --build-arg TENSORRT_MAJOR=10 -t mindird:tensorrt .
#   docker run --rm --gpus all -p 5500:5500 -p 5501:5501 -v "$PWD/servables:/servables:ro" -v mindird-cache:/cache mindird:tensorrt
ARG TENSORRT_IMAGE=node:24-bookworm-slim

FROM node:24-bookworm-slim AS build
WORKDIR /opt/mindird
COPY . .
# npm run build installs the compilers it needs, fetches the pinned oneDNN and builds the addon and the server.
RUN npm ci && npm run build
# Only what runs, at the same paths: the addon finds oneDNN by the path it was built with, the bundle holds what it uses of npm packages.
RUN mkdir -p /image/opt/mindird/build/release /image/opt/mindird/dist /image/opt/mindird/build/deps/onednn-3.13/lib \
 && cp -r bin proto package.json LICENSE /image/opt/mindird/ \
 && cp -r dist/bundle /image/opt/mindird/dist/ \
 && cp build/release/mindird.node /image/opt/mindird/build/release/ \
 && cp -P build/deps/onednn-3.13/lib/libdnnl.so* /image/opt/mindird/build/deps/onednn-3.13/lib/ \
 && strip --strip-unneeded /image/opt/mindird/build/release/mindird.node

FROM ${TENSORRT_IMAGE} AS tensorrt-base

# The engine's modules and mindird-builder, compiled with the headers of the image they will run on.
FROM build AS build-tensorrt
ARG TENSORRT_MAJOR=10
ARG TENSORRT_INCLUDE=/usr/include/x86_64-linux-gnu
ARG CUDA_INCLUDE=/usr/local/cuda/include
RUN --mount=type=bind,from=tensorrt-base,target=/base \
    mkdir /headers \
 && cp /base${TENSORRT_INCLUDE}/Nv*.h /headers/ \
 && cp -r /base${CUDA_INCLUDE}/. /headers/ \
 && cmake --preset release -DMINDIRD_BUILD_TENSORRT=ON -DMINDIRD_TENSORRT_${TENSORRT_MAJOR}_INCLUDE=/headers \
 && cmake --build build/release --target mindird_addon \
 && cp build/release/mindird.node build/release/libmindird_trt${TENSORRT_MAJOR}.so build/release/mindird-builder /image/opt/mindird/build/release/ \
 && strip --strip-unneeded /image/opt/mindird/build/release/*

FROM tensorrt-base AS tensorrt
USER root
RUN apt-get update \
 && apt-get install -y --no-install-recommends libgomp1 \
 && rm -rf /var/lib/apt/lists/* \
 && install -d -o 10001 -g 10001 -m 0700 /cache \
 && install -d /servables
COPY --from=build /usr/local/bin/node /usr/local/bin/node
COPY --from=build-tensorrt /image/ /
USER 10001:10001
ENV NODE_ENV=production NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
VOLUME /cache
EXPOSE 5500 5501
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:5501/livez').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/opt/mindird/bin/mindird"]
CMD ["serve", "--repository", "/servables", "--cache", "/cache"]

# Last, so that a build without --target makes it.
FROM node:24-bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends libgomp1 \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 mindird \
 && useradd --uid 10001 --gid mindird --no-create-home --shell /usr/sbin/nologin mindird \
 && install -d -o mindird -g mindird -m 0700 /cache \
 && install -d /servables
COPY --from=build /image/ /
USER 10001:10001
ENV NODE_ENV=production
VOLUME /cache
EXPOSE 5500 5501
# Liveness only: while models load the server is alive and not ready.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:5501/livez').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/opt/mindird/bin/mindird"]
CMD ["serve", "--repository", "/servables", "--cache", "/cache"]
