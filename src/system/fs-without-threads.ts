import { accessSync } from 'node:fs';

/** Stands in for `fs.promises` in detect-package-manager: to start the threads takes longer than to look at its four files. */
export const promises = { access: async (path: string) => accessSync(path) };
