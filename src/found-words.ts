import { runtimeWords } from './project.ts';
import type { Prospect } from './prospect.ts';
import { stepWords } from './words.ts';

/** Breaks at spaces; a word that is longer than a line stays whole. */
function wrap(text: string, width: number): string[] {
	const lines: string[] = [];
	for (const word of text.split(' ')) {
		const line = lines.at(-1);
		if (line === undefined || line.length + 1 + word.length > width) lines.push(word);
		else lines[lines.length - 1] = `${line} ${word}`;
	}
	return lines;
}

/** Every line of `text` but its first stands below the first. */
function entry(label: string, text: string, width: number): string[] {
	return wrap(text, width - label.length).map((line, index) => (index === 0 ? label : ' '.repeat(label.length)) + line);
}

function managerWords({ install, project, plan }: Prospect): string {
	if (install !== undefined) return `${install.manager.name} (${install.manager.from})`;
	if (plan.packages.every(({ action }) => action === 'keep')) return 'nothing to install (package.json declares it)';
	const { packageManager } = project;
	return packageManager.status === 'found' ? `${packageManager.manager.name}, not run (--no-install)` : 'none is run (--no-install)';
}

/** What was found out about the project, each with its reason, and what a write would do; in lines of at most `width`. */
export function foundLines(prospect: Prospect, width: number): string[] {
	const { project, plan } = prospect;
	const { sourceDir, connectorPath } = project;
	const source = sourceDir.value === '.' ? 'the package root' : `${sourceDir.value}/`;
	return [
		...entry('', `${plan.title}, for what was found here:`, width),
		...entry('  runtime  ', runtimeWords(project.runtime), width),
		...entry('  sources  ', `${source} (${sourceDir.from})`, width),
		...entry('  file     ', `${connectorPath.value} (${connectorPath.from})`, width),
		...entry('  manager  ', managerWords(prospect), width),
		...entry('', 'A write would, in this order:', width),
		...stepWords(prospect).flatMap((step) => entry('  - ', step, width)),
		...plan.warnings.flatMap((warning) => entry('Warning: ', warning, width)),
	];
}
