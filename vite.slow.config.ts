import { defineConfig } from 'vitest/config';
import base from './vite.config.ts';

/** The tests that take minutes: faults at every moment of a write, and thousands of hostile projects. */
export default defineConfig({
	...base,
	test: {
		...base.test,
		include: ['test/slow/**/*.test.ts'],
		exclude: ['**/node_modules/**'],
		testTimeout: 1_800_000,
		fileParallelism: false,
	},
});
