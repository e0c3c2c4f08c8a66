# One image for every service and for the tools: `orderlog serve order`, `orderlog audit`, … It builds with any builder.
ARG SWIFT_IMAGE=swift:6.3-bookworm
ARG DEBIAN_IMAGE=debian:bookworm-slim

FROM ${SWIFT_IMAGE} AS build
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

FROM ${DEBIAN_IMAGE}
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      librdkafka1 libcurl4 libsqlite3-0 libpq5 libssl3 zlib1g ca-certificates \
 && apt-get clean && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf /usr/share/doc /usr/share/man /usr/share/locale \
 && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin orderlog
COPY --from=build /usr/local/bin/orderlog /usr/local/bin/orderlog
USER 10001
# Inside a container the world is the container's network. The inside doors, at 9080 to 9082, are for that network alone: they
# are not among the ports that `docker run -P` publishes.
# A service that listens there wants to be told ORDERLOG_KEYS, a file of keys, or INSECURE_OPEN=1.
ENV HOST=0.0.0.0 INTERNAL_HOST=0.0.0.0
# Which sources it was built from, for the line of a start and for metrics: --build-arg COMMIT=$(git rev-parse HEAD).
ARG COMMIT=
ENV ORDERLOG_COMMIT=$COMMIT
EXPOSE 8080 8081 8082
# Of a service on another port: HEALTHCHECK_URL.
ENV HEALTHCHECK_URL=http://127.0.0.1:8080
HEALTHCHECK --interval=2s --timeout=4s --start-period=30s --retries=3 CMD ["orderlog", "healthcheck"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["orderlog"]
CMD ["--help"]
