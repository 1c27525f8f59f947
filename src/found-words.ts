import { runtimeWords } from './project.ts';
import type { Prospect } from './prospect.ts';
import { labelled, wrap } from './text-width.ts';
import { stepWords } from './words.ts';

const NARROW = 50;

function entry(name: string, text: string, width: number): string[] {
	if (width >= NARROW) return labelled(`  ${name.padEnd(9)}`, text, width);
	return [`  ${name}`, ...labelled('    ', text, width)];
}

function managerWords({ install, project, plan }: Prospect): string {
	if (install !== undefined) return `${install.manager.name} (${install.manager.from})`;
	if (plan.packages.every(({ action }) => action === 'keep')) return 'nothing to install (package.json declares it)';
	const { packageManager } = project;
	return packageManager.status === 'found'
		? `${packageManager.manager.name}, not run (--no-install)`
		: 'none is run (--no-install)';
}

/** What was found out about the project, each with its reason, and what a write would do; in lines of at most `width`. */
export function foundLines(prospect: Prospect, width: number): string[] {
	const { project, plan } = prospect;
	const { sourceDir, connectorPath } = project;
	const source = sourceDir.value === '.' ? 'the package root' : `${sourceDir.value}/`;
	return [
		...wrap(`${plan.title}, for what was found here:`, width),
		...entry('runtime', runtimeWords(project.runtime), width),
		...entry('sources', `${source} (${sourceDir.from})`, width),
		...entry('file', `${connectorPath.value} (${connectorPath.from})`, width),
		...entry('manager', managerWords(prospect), width),
		...wrap('A write would, in this order:', width),
		...stepWords(prospect).flatMap((step) => labelled('  - ', step, width)),
		...plan.warnings.flatMap((warning) => labelled('Warning: ', warning, width)),
	];
}
