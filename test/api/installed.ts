/** The package as users have it: what `npm pack` puts into the archive, in a project's node_modules, beside its dependencies. */
import { execFile } from "node:child_process";
import { mkdir, readFile, rename, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Installs slash8 as it is built.
 *
 * @param project a folder
 * @param others  packages of this repository that the project has as well
 */
export async function installInto(project: string, others: readonly string[]): Promise<void> {
  const packed = ["pack", "--ignore-scripts", "--silent", "--pack-destination", project];
  const { stdout } = await run("npm", packed, { cwd: root });
  const modules = join(project, "node_modules");
  await mkdir(modules, { recursive: true });
  await run("tar", ["-xzf", join(project, stdout.trim()), "-C", modules]);
  await rename(join(modules, "package"), join(modules, "slash8"));
  const { dependencies } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  for (const name of [...Object.keys(dependencies), ...others]) {
    const link = join(modules, name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(root, "node_modules", name), link);
  }
}
