/** Stands in for `execa` in detect-package-manager: see `vite.config.ts`. */
export default function refuseProcess(program: string): never {
	throw new Error(`No process is started to find the package manager, and ${program} was about to be.`);
}
