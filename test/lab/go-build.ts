import { readdir, readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { cached, type Log } from "./cache.ts";
import { command } from "./command.ts";
import { defaultMinor, type GoRecipe, goRecipes, type KubernetesMinor } from "./go-recipes.ts";
import { withLock } from "./lock.ts";
import { cacheDirectory } from "./paths.ts";
import { ensureTools } from "./tools.ts";

/** One program of a slow machine's cold build may take this long, in milliseconds. */
const timeout = 30 * 60_000;
const modules = join(import.meta.dirname, "go");

const goFiles = async (module: string): Promise<Record<string, string>> => {
  const directory = join(modules, module);
  const names = (await readdir(directory)).toSorted();
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(join(directory, name), "utf8")] as const)));
};

const flagsOf = (recipe: GoRecipe): string[] => {
  const values = Object.entries(recipe.values ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  const linker = ["-s -w", ...values, ...(recipe.cgo ? ["-extldflags -static"] : [])].join(" ");
  const tags = recipe.cgo && recipe.cgo.tags.length > 0 ? ["-tags", recipe.cgo.tags.join(",")] : [];
  return ["-trimpath", "-buildvcs=false", "-mod=readonly", ...tags, "-ldflags", linker];
};

const compile = async (recipe: GoRecipe, directory: string, log: Log): Promise<void> => {
  const started = Date.now();
  let packages = 0;
  const progress = setInterval(() => {
    log(`${recipe.name}: ${packages} packages compiled after ${Math.round((Date.now() - started) / 1000)} s`);
  }, 30_000);
  const options = {
    timeout,
    cwd: join(modules, recipe.module),
    env: { CGO_ENABLED: recipe.cgo ? "1" : "0", GOFLAGS: "", GOWORK: "off" },
    onLine: (): number => (packages += 1),
  };
  try {
    for (const [path, program] of Object.entries(recipe.programs)) {
      const flags = ["-v", "-p", String(Math.min(2, availableParallelism())), ...flagsOf(recipe)];
      await command("go", ["build", ...flags, "-o", join(directory, program), path], options);
    }
  } finally {
    clearInterval(progress);
  }
};

/** The folder with the programs of one recipe, built when it is not in the cache. One `go` runs at a time on this machine. */
export const goBuild = async (name: string, log: Log, kubernetes: KubernetesMinor = defaultMinor): Promise<string> => {
  const recipe = goRecipes(kubernetes).find((candidate) => candidate.name === name);
  if (!recipe) throw new RangeError(`no Go build is called ${name}`);
  await ensureTools(recipe.cgo ? ["go", "gcc", "pkg-config", "libseccomp"] : ["go"], log);
  const version = await command("go", ["env", "GOVERSION", "GOARCH"], { timeout: 60_000, cwd: modules });
  const inputs = { version, programs: recipe.programs, flags: flagsOf(recipe), files: await goFiles(recipe.module) };
  const waiting = (): void => log(`${name}: another build is running, waiting for it`);
  return cached(name, inputs, log, (directory) =>
    withLock(join(cacheDirectory(), "go.lock"), 2 * timeout, waiting, () => compile(recipe, directory, log)),
  );
};

/** Builds everything, in the order of the recipes. */
export const goBuildAll = async (log: Log, kubernetes: KubernetesMinor = defaultMinor): Promise<void> => {
  for (const { name } of goRecipes(kubernetes)) await goBuild(name, log, kubernetes);
};
