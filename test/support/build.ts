import { build } from 'vite';
import { useFreeTemporaryFolder } from './temporary-base.ts';

/** The tests run the built program: build it from the sources they stand beside. */
export default async function buildProgram(): Promise<void> {
	useFreeTemporaryFolder();
	await build({ logLevel: 'warn', mode: 'production' });
}
