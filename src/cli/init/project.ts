/** What `slash8 init` finds of a project before it asks: read, never changed. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../../base/errors.ts";

export interface Project {
  /** The working directory. */
  readonly folder: string;
  /** That of the repository, where workflows live; the working directory where there is none. */
  readonly root: string;
  readonly usesGitLab: boolean;
  /** Its text; null: there is none. */
  readonly packageJson: string | null;
  /** Whether package.json names slash8 among what is installed. */
  readonly hasSlash8: boolean;
  /** What installs the project's packages in a job; null: nothing does. */
  readonly install: string | null;
}

const installs: Readonly<Record<string, string>> = {
  "package-lock.json": "npm ci",
  "npm-shrinkwrap.json": "npm ci",
  "pnpm-lock.yaml": "corepack enable && pnpm install --frozen-lockfile",
  "yarn.lock": "corepack enable && yarn install --immutable",
};

/** @throws UserError where package.json is not JSON */
export function readProject(folder: string): Project {
  const root = rootOf(folder) ?? folder;
  const path = join(folder, "package.json");
  const packageJson = existsSync(path) ? readFileSync(path, "utf8") : null;
  const lock = Object.keys(installs).find((name) => existsSync(join(folder, name)));
  return {
    folder,
    root,
    usesGitLab: existsSync(join(root, ".gitlab-ci.yml")) && !existsSync(join(root, ".github")),
    packageJson,
    hasSlash8: packageJson !== null && dependsOnSlash8(packageJson),
    install: lock === undefined ? null : (installs[lock] as string),
  };
}

function rootOf(folder: string): string | null {
  if (existsSync(join(folder, ".git"))) return folder;
  const above = dirname(folder);
  return above === folder ? null : rootOf(above);
}

function dependsOnSlash8(text: string): boolean {
  let content: unknown;
  try {
    content = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new UserError(`package.json is not JSON: ${(error as Error).message}; correct it first`);
  }
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw new UserError("package.json is not a JSON object; correct it first");
  }
  return ["dependencies", "devDependencies"].some((key) => {
    const packages = (content as Record<string, unknown>)[key];
    return typeof packages === "object" && packages !== null && "slash8" in packages;
  });
}
