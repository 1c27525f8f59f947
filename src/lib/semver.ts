import type Semver from 'semver';

/** Loaded at its first use, because that takes a tenth of a start: a plain version needs no semver. */
export function semver(): typeof Semver {
	return require('semver') as typeof Semver;
}
