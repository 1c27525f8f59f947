import { createRequire } from 'node:module';

/** For the modules of Node's own that take a tenth of a start to load and that few runs need. */
export const requireBuiltin = createRequire(import.meta.filename);
