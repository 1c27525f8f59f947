import { type ConnectorPackage, isNewer, isTooOld, satisfies, specOf } from '../plan/packages.ts';
import { isOurs, type ReadFile } from './file-findings.ts';
import type { Evidence, Finding } from './findings.ts';

const RUNTIME = '@flue/runtime';

/** Also of a part of it: `@daytona/sdk/esm/Sandbox.js`. */
function imports({ code }: ReadFile, name: string): boolean {
	return code?.imports.some(({ from }) => from === name || from.startsWith(`${name}/`)) ?? false;
}

function missingFindings(name: string, evidence: Evidence): Finding[] {
	return evidence.isInstalled(name) ? [] : [{ code: 'package-missing', severity: 'error', args: { name } }];
}

/** What is declared is what the next install brings. */
function differsFindings(name: string, { project }: Evidence): Finding[] {
	const [version, declared] = [project.installed.get(name), project.dependencies.get(name)];
	if (version === undefined || declared === undefined || satisfies(version, declared)) return [];
	return [{ code: 'package-differs', severity: 'error', args: { name, declared, version } }];
}

function runtimePackageFindings(file: ReadFile, evidence: Evidence): Finding[] {
	if (evidence.project.runtime.version !== undefined)
		return [...missingFindings(RUNTIME, evidence), ...differsFindings(RUNTIME, evidence)];
	const severity = isOurs(file) || imports(file, RUNTIME) ? 'error' : 'note';
	return [{ code: 'runtime-missing', severity, args: {} }];
}

/** Of somebody else's file nothing is known but what it imports. */
function foreignFindings(wanted: ConnectorPackage, file: ReadFile, evidence: Evidence): Finding[] {
	const names = [wanted.name, wanted.formerName ?? ''].filter((name) => imports(file, name));
	return names.flatMap((name): Finding[] => {
		if (evidence.project.dependencies.has(name)) return missingFindings(name, evidence);
		const spec = name === wanted.name ? specOf({ name, range: wanted.tested }) : name;
		return [{ code: 'package-undeclared', severity: 'error', args: { name, spec } }];
	});
}

function ownFindings(wanted: ConnectorPackage, evidence: Evidence): Finding[] {
	const { name, oldest, tested } = wanted;
	const { project } = evidence;
	const declared = project.dependencies.get(name);
	const version = project.installed.get(name);
	const spec = specOf({ name, range: tested });
	if (declared === undefined) return [{ code: 'package-undeclared', severity: 'error', args: { name, spec } }];
	// What is declared is what the next install brings.
	const found = [version, declared].find(
		(one) => one !== undefined && isTooOld(wanted, declared, one === version ? one : undefined),
	);
	if (found !== undefined) return [{ code: 'package-too-old', severity: 'error', args: { name, found, oldest, spec } }];
	if (version === undefined || !evidence.isInstalled(name)) return missingFindings(name, evidence);
	const differs = differsFindings(name, evidence);
	if (differs.length > 0) return differs;
	return isNewer(wanted, version) ? [{ code: 'package-newer', severity: 'note', args: { name, version, tested } }] : [];
}

export function packageFindings(file: ReadFile, evidence: Evidence): Finding[] {
	const { packages } = evidence.connector;
	return [
		...runtimePackageFindings(file, evidence),
		...packages.flatMap((wanted) =>
			isOurs(file) ? ownFindings(wanted, evidence) : foreignFindings(wanted, file, evidence),
		),
	];
}
