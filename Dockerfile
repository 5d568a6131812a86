FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY demo demo/
COPY routes routes/
COPY schemas schemas/
COPY src src/
COPY web web/
# What runs needs neither types, source maps nor readmes.
RUN npm run build \
  && npm prune --omit=dev --no-audit --no-fund \
  && find dist node_modules -type f \( -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.map' -o -name '*.md' -o -name .tsbuildinfo \) -delete

FROM node:24-bookworm-slim
# With a bucket as SNAPSHOT_STORE, the cache is the only folder that is written to.
RUN install -d -o node -g node -m 0700 /var/cache/osh-api /var/lib/osh-api
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules/
COPY --from=build /app/dist dist/
ENV HOST=0.0.0.0 \
  PORT=8080 \
  SNAPSHOT_CACHE_DIR=/var/cache/osh-api \
  SNAPSHOT_STORE=file:/var/lib/osh-api/snapshots
USER 1000:1000
EXPOSE 8080
STOPSIGNAL SIGTERM
# /health and not /ready: a restart does not help where upstream or the bucket is out of reach.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["node", "--eval", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/src/server.js"]
