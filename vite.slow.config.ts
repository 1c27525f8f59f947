import { defineConfig } from 'vitest/config';
import base from './vite.config.ts';

/** What takes minutes: real package managers, faults at every moment of a write, thousands of hostile projects, and the benchmarks. */
export default defineConfig({
	...base,
	test: {
		...base.test,
		include: ['test/{slow,bench}/**/*.test.ts'],
		exclude: ['**/node_modules/**'],
		testTimeout: 1_800_000,
		fileParallelism: false,
	},
});
