import { defineConfig } from 'vitest/config';
import base from './vite.config.ts';

/** The real coding agents, fetched from npm, in a jail with a scripted model: takes root, Linux and a few minutes. */
export default defineConfig({
	...base,
	test: {
		...base.test,
		include: ['test/agents/**/*.test.ts'],
		exclude: ['**/node_modules/**'],
		testTimeout: 600_000,
		fileParallelism: false,
	},
});
