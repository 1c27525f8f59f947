import type { Connector, Templates } from './connectors/connector.ts';
import { fingerprint } from './fingerprint.ts';
import type { Marker } from './marker.ts';
import { RUNTIME_PROFILES } from './runtime-profiles.ts';

/** The code that a marker was made of, without the marker's line; undefined where it cannot be told for sure. */
export type WrittenCode = (marker: Marker) => string | undefined;

/** From the templates of all versions; what is recorded of the current one takes no tokens. */
export function writtenCode({ templateVersion: current, recorded }: Connector, templates: Templates): WrittenCode {
	return ({ templateVersion, profile: since, fingerprint: made }) => {
		const profile = RUNTIME_PROFILES.find((candidate) => candidate.since === since);
		const code = profile && templates.get(templateVersion)?.(profile);
		if (code === undefined) return undefined;
		const known = templateVersion === current ? recorded?.[since]?.fingerprint : undefined;
		return (known ?? fingerprint(code)) === made ? code : undefined;
	};
}
