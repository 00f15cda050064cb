// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {ILicenseRegistry} from "../../../contracts/licensing/ILicenseRegistry.sol";
import {TermsId} from "../../../contracts/types/Ids.sol";
import {Duties, MAX_THRESHOLDS, Terms, TermsBody, TermsSet, Threshold, Tier} from "../../../contracts/types/Terms.sol";
import {
    Families,
    LAST_METRIC,
    Obligations,
    Rights,
    TermsFlags,
    ThresholdFlags
} from "../../../contracts/types/Vocabulary.sol";
import {LedgerTest} from "../base/LedgerTest.sol";

contract LicenseRegistryTest is LedgerTest {
    /// @dev For each right, duty and threshold, a set means what the specification says, computed in plain loops.
    function testFuzz_publishTermsSet_composesAsSpecified(
        Terms memory weights,
        Terms memory outputs,
        bool hasWeights,
        bool hasOutputs
    ) public {
        if (!hasWeights && !hasOutputs) hasWeights = true;
        TermsSet memory set;
        if (hasWeights) set.weights = ledger.publishTerms(_sane(weights, "weights", MAX_THRESHOLDS / 2));
        if (hasOutputs) set.outputs = ledger.publishTerms(_sane(outputs, "outputs", MAX_THRESHOLDS / 2));
        TermsBody memory body = ledger.termsBodyOf(ledger.publishTermsSet(set));

        uint256 kept = 0;
        for (uint16 right = 1; right <= Rights.ALL; right <<= 1) {
            bool ofOutputs = right == Rights.DISTILL && hasOutputs;
            bool stated = ofOutputs || hasWeights;
            uint16 source = ofOutputs ? outputs.rights : weights.rights;
            assertEq(body.rights & right != 0, stated && source & right != 0, "right");
            assertEq(body.unstated & right != 0, !stated, "unstated");
        }
        assertEq(body.duties, (hasWeights ? weights.duties : 0) | (hasOutputs ? outputs.duties : 0), "duties");
        assertEq(body.family, hasWeights ? weights.family : 0, "family");
        assertEq(body.outbound, hasWeights ? weights.outbound : 0, "outbound");
        _expectFlags(body.flags, hasWeights ? weights.flags : 0, outputs.flags, hasOutputs);
        bool withCommerce = !hasOutputs || outputs.rights & Rights.COMMERCIAL_MODIFY != 0;
        assertEq(body.flags >> 6, withCommerce ? 0 : 1, "commerce of students");
        if (hasWeights) {
            uint32 lost = hasOutputs ? Rights.DISTILL : 0;
            for (uint256 i = 0; i < weights.thresholds.length; ++i) {
                kept = _expect(body, kept, weights.thresholds[i], Rights.ALL & ~lost);
            }
        }
        if (hasOutputs) {
            for (uint256 i = 0; i < outputs.thresholds.length; ++i) {
                kept = _expect(body, kept, outputs.thresholds[i], Rights.DISTILL);
            }
        }
        assertEq(body.thresholds.length, kept, "thresholds");
        assertEq(body.rights & body.unstated, 0, "a right is either given or unknown");
        assertEq((body.rights | body.unstated) & ~Rights.ALL, 0, "undefined rights");
    }

    function testFuzz_publishTerms_keepsWhatWasPublished(Terms memory terms) public {
        _sane(terms, "terms", MAX_THRESHOLDS);
        TermsBody memory body = ledger.termsBodyOf(ledger.publishTerms(terms));
        assertEq(body.rights, terms.rights, "rights");
        assertEq(body.unstated, 0, "unstated");
        assertEq(body.flags, terms.flags, "flags");
        assertEq(body.family, terms.family, "family");
        assertEq(body.outbound, terms.outbound, "outbound");
        assertEq(body.duties, terms.duties, "duties");
        assertEq(keccak256(abi.encode(body.thresholds)), keccak256(abi.encode(terms.thresholds)), "thresholds");
    }

    /// @dev Terms can be published exactly if they are within the limits.
    function testFuzz_publishTerms_refusesWhatIsOutOfBounds(Terms memory terms, uint256 length, uint16 faults) public {
        // Most bits of `faults & (faults >> 8)` are zero, so that about half of the terms are valid.
        faults &= faults >> 8;
        if (faults & 1 == 0) terms.name = string(new bytes(bound(length, 1, 64)));
        else terms.name = string(new bytes(length % 80));
        terms.rights %= faults & 2 == 0 ? 1 << 11 : 1 << 12;
        if (faults & 4 == 0) terms.duties &= Duties.ALL;
        else terms.duties &= (Duties.ALL << 1) | Duties.ALL;
        terms.flags = faults & 8 == 0 ? (terms.flags % 32) << 1 : terms.flags % 128;
        terms.family %= faults & 16 == 0 ? 126 : 130;
        if (faults & 16 == 0) terms.outbound &= Families.ALL;
        for (uint256 i = 0; i < terms.thresholds.length; ++i) {
            Threshold memory threshold = terms.thresholds[i];
            threshold.metric = faults & 8 == 0 ? (threshold.metric % 8) + 1 : threshold.metric % 10;
            threshold.withdraws %= faults & 16 == 0 ? 1 << 11 : 1 << 12;
            threshold.adds %= faults & 32 == 0 ? 1 << 11 : 1 << 12;
            threshold.uses %= faults & 16 == 0 ? 1 << 11 : 1 << 12;
            threshold.flags %= faults & 32 == 0 ? 2 : 4;
            if (faults & 64 == 0) threshold.adds |= 1;
            else threshold.withdraws &= 1;
            if (faults & 64 == 0) threshold.uses |= 1;
            else threshold.uses &= 1;
        }
        bool good =
            bytes(terms.name).length != 0 &&
                bytes(terms.name).length <= 64 &&
                bytes(terms.uri).length <= 2048 &&
                terms.rights < 1 << 11 &&
                terms.flags < 1 << 6 &&
                terms.flags % 2 == 0 &&
                terms.family < 126 &&
                terms.outbound % 2 == 0 &&
                terms.outbound < 1 << 126 &&
                _definedDuties(terms.duties) &&
                terms.thresholds.length <= 8;
        for (uint256 i = 0; i < terms.thresholds.length; ++i) {
            Threshold memory threshold = terms.thresholds[i];
            good =
                good &&
                threshold.metric >= 1 &&
                threshold.metric <= 8 &&
                _defined(threshold) &&
                (threshold.withdraws != 0 || threshold.adds != 0) &&
                (threshold.adds == 0) == (threshold.uses == 0);
        }
        try ledger.publishTerms(terms) returns (TermsId id) {
            assertTrue(good, "published out of bounds");
            assertTrue(ledger.isPublished(id), "published");
        } catch {
            assertTrue(!good, "refused within bounds");
        }
    }

    /// @dev A tier never passes on a right that its terms do not grant.
    function testFuzz_offerTier_passesOnNoMoreThanItsTerms(uint32 rights, uint32 passThrough) public {
        rights &= Rights.ALL;
        TermsId terms = ledger.publishTerms(_terms("terms", rights));
        bool within = passThrough | rights == rights;
        Tier memory tier;
        tier.model = _registerRoot("root");
        tier.terms = terms;
        tier.passThrough = passThrough;
        tier.name = "tier";
        (bool success, bytes memory reason) = address(ledger).call(abi.encodeCall(ledger.offerTier, (tier)));
        assertEq(success, within, "offered");
        if (!within) {
            bytes memory expected = abi.encodeWithSelector(
                ILicenseRegistry.LicenseRegistryExcessPassThrough.selector,
                passThrough,
                rights
            );
            assertEq(keccak256(reason), keccak256(expected), "reason");
        }
    }

    function _expect(
        TermsBody memory body,
        uint256 index,
        Threshold memory threshold,
        uint32 rights
    ) private pure returns (uint256) {
        uint32 withdraws = uint32(threshold.withdraws) & rights;
        if (withdraws == 0 && threshold.adds == 0) return index;
        assertTrue(index < body.thresholds.length, "a threshold is missing");
        Threshold memory actual = body.thresholds[index];
        assertEq(actual.metric, threshold.metric, "metric");
        assertEq(actual.limit, threshold.limit, "limit");
        assertEq(actual.withdraws, withdraws, "withdraws");
        assertEq(actual.adds, threshold.adds, "adds");
        assertEq(actual.uses, threshold.uses, "uses");
        assertEq(actual.subject, threshold.subject, "subject");
        assertEq(actual.param, threshold.param, "param");
        return index + 1;
    }

    /// @dev Limits `terms` to valid values, in place.
    function _sane(Terms memory terms, string memory name, uint256 most) private pure returns (Terms memory) {
        terms.name = name;
        terms.uri = "";
        terms.rights &= uint16(Rights.ALL);
        terms.flags = (terms.flags % 32) << 1;
        terms.family = uint8(bound(terms.family, 0, Families.LAST));
        terms.outbound &= Families.ALL;
        terms.duties &= Duties.ALL;
        uint256 count = bound(terms.thresholds.length, 0, most);
        Threshold[] memory thresholds = new Threshold[](count);
        for (uint256 i = 0; i < count; ++i) {
            thresholds[i] = terms.thresholds[i];
            thresholds[i].metric = uint8(bound(thresholds[i].metric, 1, LAST_METRIC));
            thresholds[i].withdraws &= uint16(Rights.ALL);
            thresholds[i].adds &= uint16(Obligations.ALL);
            thresholds[i].uses &= uint16(Rights.ALL);
            thresholds[i].flags &= ThresholdFlags.ALL;
            if (thresholds[i].uses == 0 || thresholds[i].adds == 0) (thresholds[i].uses, thresholds[i].adds) = (0, 0);
            if (thresholds[i].withdraws | thresholds[i].adds == 0) thresholds[i].withdraws = uint16(Rights.DISTILL);
        }
        terms.thresholds = thresholds;
        return terms;
    }

    function _defined(Threshold memory threshold) private pure returns (bool) {
        return
            threshold.withdraws < 1 << 11 &&
            threshold.uses < 1 << 11 &&
            threshold.adds < 1 << 11 &&
            threshold.flags < 2;
    }

    function _definedDuties(uint256 duties) private pure returns (bool) {
        for (uint256 use = 0; use < 16; ++use) {
            if ((duties >> (16 * use)) % (1 << 16) >= (use < 11 ? 1 << 11 : 1)) return false;
        }
        return true;
    }

    /// @dev Expects the flags of a set, flag by flag.
    function _expectFlags(uint16 actual, uint16 weights, uint16 outputs, bool hasOutputs) private pure {
        if (!hasOutputs) {
            assertEq(actual, weights | 1, "flags of the weights alone");
            return;
        }
        assertEq(actual & 1, 1, "set");
        assertEq((actual >> 1) & 1, (weights >> 1) & (outputs >> 1) & 1, "automatic grant");
        assertEq((actual >> 2) & 3, ((weights | outputs) >> 2) & 3, "further restrictions");
        assertEq((actual >> 4) & 3, outputs >> 4, "derivatives");
    }
}
