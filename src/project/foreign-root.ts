import { join } from 'node:path';
import { UsageError } from '../lib/errors.ts';
import { isInside, withParents } from '../lib/paths.ts';
import { commandFolder, shownPath } from '../lib/sanitize.ts';
import { shellWords } from '../lib/shell.ts';
import { declaresFlue, findFluePackages, nameOthers, usesFlue } from './flue-packages.ts';
import { homeFolder, isGitRoot, type PackageRoot } from './package-root.ts';
import { findWorkspaceMembers } from './workspace.ts';

interface Signs {
	readonly hasConnector: boolean;
	/** The user has named a version of the runtime: then only a workspace says otherwise. */
	readonly isMeant: boolean;
}

/** The connector belongs to a package that uses Flue, not to one around or above it. */
export async function refuseForeignRoot(root: PackageRoot, { hasConnector, isMeant }: Signs): Promise<void> {
	const { path, manifest } = root;
	if (manifest.dependencies.has('@flue/runtime')) return;
	if (declaresFlue(join(path, '.flue')))
		throw nameOthers(path, 'This package does not use Flue itself; the one in its .flue/ does', ['.flue']);
	if (hasConnector || usesFlue(path, manifest.dependencies)) return;
	await refuseWorkspaceRoot(root);
	if (!isMeant) {
		const others = nameOthers(path, 'This package does not use Flue itself; these below it do', findFluePackages(path));
		if (others !== undefined) throw others;
	}
	refuseStray(root);
}

async function refuseWorkspaceRoot({ path, workspace }: PackageRoot): Promise<void> {
	if (workspace?.path !== path) return;
	const { members, cutShort } = await findWorkspaceMembers(workspace, (member) =>
		usesFlue(join(path, member.path), member.manifest.dependencies),
	);
	const which = 'This is the root of a workspace and does not use Flue itself';
	const others = nameOthers(
		path,
		`${which}; these members do`,
		members.map((member) => member.path),
		cutShort === undefined,
	);
	if (others !== undefined) throw others;
	if (cutShort !== undefined) {
		throw new UsageError(
			`${which}; ${cutShort}, and none that was found uses Flue.`,
			'Name the folder of the member with --cwd. To use Flue in the root, install @flue/runtime there first.',
		);
	}
}

/** A package.json above the folder that has nothing of Flue's may be there by accident, as in a home folder. */
function refuseStray({ cwd, path }: PackageRoot): void {
	if (cwd === path) return;
	const repository = withParents(cwd).find(isGitRoot);
	if (repository !== undefined && isInside(repository, path) && path !== homeFolder()) return;
	throw new UsageError(
		`There is no package.json in ${shownPath(cwd)}, and the package above it, ${shownPath(path)}, does not use Flue.`,
		`Run "npm init" first, or name that package${commandFolder(path) === undefined ? ' with --cwd.' : `: ${shellWords(['--cwd', path])}`}`,
	);
}
