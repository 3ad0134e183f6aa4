# One static binary, nothing else: no shell, no package manager, not root.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# SQLite is C. Linked statically, without its loader of extensions and with Go's
# own resolver, it needs nothing of the machine; time zones are inside.
RUN go build -trimpath -tags 'netgo osusergo sqlite_omit_load_extension timetzdata' \
        -ldflags '-s -w -linkmode external -extldflags "-static"' \
        -o /out/afterneedle ./cmd/afterneedle \
    && mkdir /out/data

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/afterneedle /afterneedle
COPY --from=build --chown=nonroot:nonroot /out/data /data
ENV DATABASE_URL=/data/afterneedle.db
VOLUME /data
HEALTHCHECK --interval=30s --timeout=6s --start-period=30s CMD ["/afterneedle", "healthcheck"]
ENTRYPOINT ["/afterneedle"]
CMD ["serve"]
