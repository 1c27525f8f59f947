import type { Change } from './changes.ts';
import { sha256 } from './digest.ts';
import { type Outcome, type Result, exitCode } from './outcome.ts';
import type { Prospect } from './prospect.ts';
import { nextCommands } from './next-commands.ts';
import { shownCommand } from './shell-words.ts';

type Environment = Readonly<Record<string, string | undefined>>;

function reportChange(change: Change): object {
	const { kind, path, content } = change;
	const common = { path, action: kind, bytes: content.length, sha256: sha256(content) };
	if (change.kind === 'replace') return { ...common, backup: change.backup };
	return change.kind === 'conflict' ? { ...common, owner: change.owner } : common;
}

function reportProject({ project, install }: Prospect): object {
	const { root, runtime, sourceDir, connectorPath, importExtension } = project;
	return {
		root,
		runtime: { version: runtime.version ?? null, profile: runtime.profile.since, from: runtime.from },
		sourceDir,
		connectorPath,
		importExtension,
		packageManager: install === undefined ? null : { value: install.manager.name, from: install.manager.from },
	};
}

function reportProspect(prospect: Prospect, env: Environment): object {
	const { plan, project, changes, install } = prospect;
	const isNamed = (name: string) => project.envFiles.some(({ names }) => names.has(name));
	return {
		project: reportProject(prospect),
		changes: changes.map(reportChange),
		packages: plan.packages,
		env: plan.env.map(({ name, required }) => ({ name, required, set: (env[name] ?? '') !== '' || isNamed(name) })),
		install: install === undefined ? null : shownCommand(install.command),
		warnings: plan.warnings,
	};
}

function reportError(outcome: Outcome): object | null {
	return 'message' in outcome ? { message: outcome.message, hint: outcome.hint ?? null } : null;
}

/** One object for every mode and every ending; the schema is in the README. `env` tells only whether a name is set. */
export function reportResult(result: Result, env: Environment): string {
	const { outcome, prospect } = result;
	const code = exitCode(result);
	const report = {
		schemaVersion: 1,
		ok: code === 0,
		status: outcome.status,
		exitCode: code,
		connector: prospect?.plan.connector ?? null,
		...(prospect === undefined
			? { project: null, changes: [], packages: [], env: [], install: null, warnings: [] }
			: reportProspect(prospect, env)),
		next: nextCommands(result),
		error: reportError(outcome),
		...(outcome.status === 'printed' ? { instructions: outcome.instructions } : {}),
		...(outcome.status === 'compared' ? { patch: outcome.patch } : {}),
	};
	return `${JSON.stringify(report, undefined, 2)}\n`;
}
