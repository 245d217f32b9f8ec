# isolint alone, for CI and for machines without a compiler:
#   docker build -t isolint . && docker run --rm -v "$PWD:/src:ro" isolint
FROM debian:12-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends \
        gcc libc6-dev meson ninja-build pkg-config libglib2.0-dev libpcre2-dev libcjson-dev \
        libcyaml-dev libyaml-dev zlib1g-dev ca-certificates \
    && rm -rf /var/lib/apt/lists/*
COPY . /isolint
WORKDIR /isolint
RUN scripts/fetch-grammar \
    && meson setup build-image --prefix=/usr --buildtype=release -Db_lto=true -Dtests=false \
    && DESTDIR=/image meson install -C build-image --strip

FROM debian:12-slim
# git: --since and --staged ask it.
RUN apt-get update && apt-get install -y --no-install-recommends \
        git libcjson1 libcyaml1 libglib2.0-0 libpcre2-8-0 libyaml-0-2 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --no-create-home isolint \
    && git config --system --add safe.directory '*'
COPY --from=build /image/usr/bin/isolint /usr/bin/isolint
COPY --from=build /image/usr/share/isolint /usr/share/isolint
USER isolint
WORKDIR /src
ENTRYPOINT ["isolint"]
