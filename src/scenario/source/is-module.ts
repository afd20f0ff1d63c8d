/** Whether a file of this name is a module: a scenario in TypeScript or JavaScript. */
export function isModule(path: string): boolean {
  return /\.(?:[cm]?js|m?ts)$/.test(path);
}
