import { randomUUID } from 'node:crypto';

export interface Snapshot {
	readonly id: string;
	readonly name: string;
	readonly request: Readonly<Record<string, unknown>>;
	readonly createdAt: string;
	state: string;
	errorReason: string | null;
}

export type Snapshots = Map<string, Snapshot>;

export function createSnapshot(request: Readonly<Record<string, unknown>>): Snapshot {
	return {
		id: randomUUID(),
		name: String(request['name']),
		request,
		createdAt: new Date().toISOString(),
		state: 'active',
		errorReason: null,
	};
}

export function findSnapshot(snapshots: Snapshots, idOrName: string): Snapshot | undefined {
	return snapshots.get(idOrName) ?? [...snapshots.values()].find(({ id }) => id === idOrName);
}

export function snapshotDto({ id, name, request, createdAt, state, errorReason }: Snapshot): object {
	return {
		id,
		organizationId: 'org-1',
		general: false,
		name,
		imageName: request['imageName'] ?? '',
		state,
		size: state === 'active' ? 0.5 : null,
		entrypoint: request['entrypoint'] ?? null,
		cpu: request['cpu'] ?? 1,
		gpu: request['gpu'] ?? 0,
		mem: request['memory'] ?? 1,
		disk: request['disk'] ?? 3,
		errorReason,
		createdAt,
		updatedAt: createdAt,
		lastUsedAt: null,
		buildInfo: request['buildInfo'],
		regionIds: [request['regionId'] ?? 'us'],
		sourceSandboxId: null,
		sandboxClass: 'container',
	};
}
