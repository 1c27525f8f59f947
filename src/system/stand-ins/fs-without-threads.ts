import { existsSync } from 'node:fs';

/** Stands in for `fs.promises` in detect-package-manager: to start the threads takes longer than to look at its four files. */
export const promises = {
	access: (path: string): Promise<void> => (existsSync(path) ? Promise.resolve() : Promise.reject()),
};
