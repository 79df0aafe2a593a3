# One image for the reference servers and for the benchmark: what a container runs is its command.
FROM node:20-slim
WORKDIR /bench
ENV CI=true

# Packages first, by the lockfile alone: they are fetched again only when it changes.
COPY pnpm-lock.yaml pnpm-workspace.yaml ./
RUN npx -y pnpm@12 fetch
COPY . .
RUN npx -y pnpm@12 install --offline --frozen-lockfile && mkdir -p results && chown node:node results

USER node
CMD ["node", "--import", "tsx", "packages/cli/src/main.ts", "--help"]
