import { build } from 'vite';

/** The tests run the built program: build it from the sources they stand beside. */
export default async function buildProgram(): Promise<void> {
	await build({ logLevel: 'warn', mode: 'production' });
}
