# One image for every service and for the tools: `orderlog serve order`, `orderlog audit`, … It builds with any builder.

FROM swift:6.3-bookworm AS build
# First what changes seldom: a change of the sources installs nothing again.
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      librdkafka-dev libcurl4-openssl-dev libsqlite3-dev libpq-dev libssl-dev zlib1g-dev \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/*
WORKDIR /orderlog
COPY Package.swift ./
# The package declares its tests, so their folders must be there.
COPY Tests Tests
COPY Sources Sources
# Swift's standard library and Foundation go into the program; without symbols, which are half of it.
RUN swift build -c release --product orderlog --static-swift-stdlib -Xlinker -s \
 && cp "$(swift build -c release --product orderlog --static-swift-stdlib -Xlinker -s --show-bin-path)/orderlog" /usr/local/bin/orderlog

FROM debian:bookworm-slim
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      librdkafka1 libcurl4 libsqlite3-0 libpq5 libssl3 zlib1g ca-certificates \
 && apt-get clean && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf /usr/share/doc /usr/share/man /usr/share/locale \
 && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin orderlog
COPY --from=build /usr/local/bin/orderlog /usr/local/bin/orderlog
USER 10001
# Inside a container the world is the container's network. The inside doors, at 9080 to 9082, are for that network alone: they
# are not among the ports that `docker run -P` publishes.
ENV HOST=0.0.0.0 INTERNAL_HOST=0.0.0.0
EXPOSE 8080 8081 8082
# Of a service on another port: HEALTHCHECK_URL.
ENV HEALTHCHECK_URL=http://127.0.0.1:8080
HEALTHCHECK --interval=2s --timeout=4s --start-period=30s --retries=3 CMD ["orderlog", "healthcheck"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["orderlog"]
CMD ["--help"]
