# The image with TensorRT, on one that has TensorRT 10 or 11 and its headers, of glibc 2.35 or later (Debian 12, Ubuntu 22.04); nothing is taken out of
# that image. From the checkout's folder:
#   docker build --target build -t mindird:build .
#   docker build -f deploy/docker/tensorrt.Dockerfile --build-arg TENSORRT_IMAGE=NAME --build-arg TENSORRT_MAJOR=10 -t mindird:tensorrt .
#   docker run --rm --gpus all -p 5500:5500 -p 5501:5501 -v "$PWD/servables:/servables:ro" -v mindird-cache:/cache mindird:tensorrt
ARG BUILD_IMAGE=mindird:build
ARG TENSORRT_IMAGE=tensorrt

FROM ${TENSORRT_IMAGE} AS tensorrt-base

# The engine's modules and mindird-builder, compiled with the headers of the image they will run on.
FROM ${BUILD_IMAGE} AS build-tensorrt
ARG TENSORRT_MAJOR=10
ARG TENSORRT_INCLUDE=/usr/include/x86_64-linux-gnu
ARG CUDA_INCLUDE=/usr/local/cuda/include
ARG CCACHE_REMOTE_STORAGE=
COPY --from=tensorrt-base ${TENSORRT_INCLUDE}/Nv*.h /headers/
COPY --from=tensorrt-base ${CUDA_INCLUDE}/ /headers/
RUN node tools/build-native.mjs -DMINDIRD_BUILD_TENSORRT=ON -DMINDIRD_TENSORRT_${TENSORRT_MAJOR}_INCLUDE=/headers
RUN node tools/package.mjs --no-build --folders --out /image \
 && mkdir -p /image/mindird/node_modules/@mindird \
 && mv /image/linux-x64 /image/mindird/node_modules/@mindird/

FROM tensorrt-base
USER root
RUN install -d -o 10001 -g 0 -m 2770 /cache && install -d /servables
COPY --from=build-tensorrt /usr/local/bin/node /usr/local/bin/node
COPY --from=build-tensorrt /image/mindird/ /opt/mindird/
USER 10001:0
ENV NODE_ENV=production NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
VOLUME /cache
EXPOSE 5500 5501
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:5501/livez').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/opt/mindird/bin/mindird"]
CMD ["serve", "--repository", "/servables", "--cache", "/cache"]
