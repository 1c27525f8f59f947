import { type KeyState, keyPlace, keyStates, otherKeyFiles, unreadFile } from '../plan/env-keys.ts';
import type { EnvKey } from '../plan/plan.ts';
import type { Project } from '../project/project.ts';
import type { Environment } from '../terminal/context.ts';
import type { Finding } from './findings.ts';

type Severity = Finding['severity'];

/** Set to nothing, a variable still counts as set for all that read env files. */
function hiddenFindings({ name, setIn }: KeyState, env: Environment, severity: Severity): Finding[] {
	if (env[name] !== '' || setIn === undefined) return [];
	return [{ code: 'key-hidden', severity, args: { name, path: setIn } }];
}

function stateFindings(key: KeyState, project: Project, env: Environment, severity: Severity): Finding[] {
	const { name, description, setIn } = key;
	const behindMark = project.envFiles.find(({ behindMark: names }) => names.has(name))?.path;
	if (setIn === 'environment') return [];
	if (setIn === undefined) {
		return behindMark === undefined
			? [
					{
						code: 'key-missing',
						severity,
						args: { name, description, place: keyPlace(name, project), others: otherKeyFiles(name, project) },
					},
				]
			: [{ code: 'key-behind-mark', severity, args: { name, path: behindMark } }];
	}
	const unread = unreadFile(setIn, project);
	if (unread !== undefined)
		return [
			{
				code: 'key-file-unread',
				severity: unread.isReadElsewhere ? 'note' : severity,
				args: { name, path: setIn, ...unread },
			},
		];
	return hiddenFindings(key, env, severity);
}

/** `isOurs`: somebody else's code may have its key from elsewhere; a Cloudflare project, varlock or the workspace may keep it where nobody sees it from here. */
export function keyFindings(keys: readonly EnvKey[], project: Project, env: Environment, isOurs: boolean): Finding[] {
	const { schema, isNamed } = project.otherEnvFiles;
	const mayBeElsewhere = project.targets.some(({ value }) => value === 'cloudflare') || schema !== undefined || isNamed;
	const isElsewhere = !isOurs || mayBeElsewhere;
	const required = keyStates(keys, project, env).filter((key) => key.required);
	const exposed = project.envFiles.filter(
		({ names, ignoredByGit }) => !ignoredByGit && required.some(({ name }) => names.has(name)),
	);
	return [
		...required.flatMap((key) => stateFindings(key, project, env, isElsewhere ? 'note' : 'error')),
		...(project.gitRoot === undefined ? [] : exposed).map(({ path }): Finding => ({
			code: 'key-file-not-ignored',
			severity: 'error',
			args: { path },
		})),
	];
}
