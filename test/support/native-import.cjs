/** Node's own `import()`: Vitest replaces it in the modules that it transforms. */
module.exports = (url) => import(url);
