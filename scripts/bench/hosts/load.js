/**
 * Imports a module of slash8 as it was built.
 *
 * @param {string} name its path below src, without extension
 * @returns {Promise<any>}
 */
export async function load(name) {
  return await import(new URL(`../../../dist/${name}.js`, import.meta.url).href);
}
