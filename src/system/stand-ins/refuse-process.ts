/** Stands in for what starts processes, where a library must not: see `vite.config.ts`. */
export default function refuseProcess(program: string): never {
	throw new Error(`No process is started from here, and ${program} was about to be.`);
}
