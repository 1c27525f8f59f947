import type { PackageManagerName } from './package-managers.ts';
import { readableLines } from './readable-lines.ts';

interface SkippedScripts {
	/** Group 1 holds what was skipped: names, separated by commas. */
	readonly pattern: RegExp;
	readonly allow: string;
}

/** Managers run install scripts only of packages that the user has approved; that is no failure. */
const SKIPPED_SCRIPTS = {
	npm: { pattern: /install-scripts +(\S+) \(/g, allow: 'npm install-scripts approve' },
	pnpm: { pattern: /Ignored build scripts: (.+?)\.(?: |$)/g, allow: 'pnpm approve-builds' },
	yarn: { pattern: /(\S+) lists build scripts, but all build scripts/g, allow: 'enableScripts in .yarnrc.yml' },
	bun: { pattern: /Blocked (\d+ \w+)\. Run/g, allow: 'bun pm trust' },
} as const satisfies Record<PackageManagerName, SkippedScripts>;

/** pnpm 10 draws a box around its warning and breaks the lines in it. */
function inOneLine(output: string): string {
	return readableLines(output)
		.join(' ')
		.replace(/[\s│╭╮╰╯─]+/g, ' ');
}

/** What the user should know of an install that worked. */
export function installNotes(output: string, manager: PackageManagerName): string[] {
	const { pattern, allow } = SKIPPED_SCRIPTS[manager];
	const skipped = [...inOneLine(output).matchAll(pattern)].flatMap(([, names = '']) => names.split(', '));
	const names = [...new Set(skipped)].join(', ');
	return names === '' ? [] : [`${manager} did not run these install scripts: ${names}. To allow them: ${allow}`];
}
