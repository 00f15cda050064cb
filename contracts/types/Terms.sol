// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {ModelId, TermsId, TierId} from "./Ids.sol";
import {LAST_METRIC, Obligations} from "./Vocabulary.sol";

/**
 * @dev What changes for a licensee whose measure exceeds `limit`: it loses the rights in `withdraws`, and each use in `uses`
 * raises the obligations in `adds`. `metric`, `subject` and `param` name the measure: see {Topics}. Takes one storage slot.
 */
struct Threshold {
    uint8 metric; // bits 0-7: 1 to LAST_METRIC
    uint8 subject; // bits 8-15: whose measure it is, by code; 0 is the licensee's own
    uint128 limit; // bits 16-143: in the metric's own unit, persons or whole US dollars
    uint16 withdraws; // bits 144-159: rights
    uint16 adds; // bits 160-175: obligations
    uint16 uses; // bits 176-191: the uses, as rights, that raise `adds`
    uint32 param; // bits 192-223: a territory, a licensor or a release day; 0 is none
    uint8 flags; // bits 224-231: see {ThresholdFlags}
}

/**
 * @dev A license in machine-readable form.
 *
 * - `name`: SPDX id, or the name by which the license is known.
 * - `uri`: where the text is.
 * - `text`: SHA-256 of the text, zero when the text was not available.
 * - `flags`: see {TermsFlags}.
 * - `family`: licenses that are compatible in the same way, see {Families}; zero when none is stated.
 * - `outbound`: the families under which a derivative may be passed on, bit n for family n; zero when none is stated.
 * - `duties`: the obligations that each use raises: see {Duties}.
 */
struct Terms {
    string name;
    string uri;
    bytes32 text;
    uint16 rights;
    uint16 flags;
    uint8 family;
    uint128 outbound;
    uint256 duties;
    Threshold[] thresholds;
}

/// @dev Terms by component. Zero means that none are stated. If `outputs` is zero, the terms of `weights` apply to
/// outputs.
struct TermsSet {
    TermsId weights;
    TermsId code;
    TermsId outputs;
}

/// @dev The part of terms that an evaluation reads. `unstated` holds rights that the terms neither grant nor withhold.
struct TermsBody {
    uint16 rights;
    uint16 unstated;
    uint16 flags;
    uint8 family;
    uint128 outbound;
    uint256 duties;
    Threshold[] thresholds;
}

/**
 * @dev Terms that a publisher offers for a model.
 *
 * - `terms`: what the holder of a credential may do.
 * - `passThrough`: which of these rights the holder may pass on to users of its derived models.
 * - `open`: anybody may obtain a credential without the publisher's approval.
 * - `subCredentials`: the holder of a credential may issue others of this tier under its own (see {ILicenseCredential}).
 * - `maxDuration`: longest validity of a credential in seconds, zero for no limit.
 * - `callQuota`, `tokenQuota`: total calls and tokens allowed under one credential, zero for no limit.
 * - `name`: such as "Commercial Fine-Tuning".
 */
struct Tier {
    ModelId model;
    TermsId terms;
    uint32 passThrough;
    bool open;
    bool subCredentials;
    uint40 maxDuration;
    uint64 callQuota;
    uint64 tokenQuota;
    string name;
    string uri;
}

/// @dev The duties of terms in one word: 16 lanes of 16 bits, and lane n holds the obligations that the use of bit n raises.
/// The lanes of undefined uses, and the bits of undefined obligations, are zero.
library Duties {
    /// @dev Bits of a lane.
    uint256 internal constant LANE = 16;

    /// @dev The lanes of the defined uses.
    uint256 private constant USES = 11;

    /// @dev Multiplying obligations by this puts them into the lane of each defined use.
    uint256 internal constant EACH = ((1 << (LANE * USES)) - 1) / ((1 << LANE) - 1);

    uint256 internal constant ALL = EACH * Obligations.ALL;

    /// @dev The obligations that at least one of `uses` raises.
    function raisedBy(uint256 duties, uint256 uses) internal pure returns (uint256 obligations) {
        // Neither can overflow: there are at most 256 uses.
        unchecked {
            for (uint256 shift = 0; uses != 0; shift += LANE) {
                if (uses & 1 != 0) obligations |= duties >> shift;
                uses >>= 1;
            }
        }
        return obligations & Obligations.ALL;
    }
}

/// @dev Addresses of measures. A fact says the value of one, and a threshold compares one with its limit.
library Topics {
    /// @dev The topic of a threshold: the metric in bits 0-7, the subject in bits 8-15, the parameter in bits 16-47. So the
    /// topic of a metric of the licensee, without a parameter, is the metric.
    function topicOf(Threshold memory threshold) internal pure returns (uint64) {
        return threshold.metric | (uint64(threshold.subject) << 8) | (uint64(threshold.param) << 16);
    }

    /// @dev Whether a threshold can have the topic.
    function isDefined(uint64 topic) internal pure returns (bool) {
        uint8 metric = uint8(topic);
        return topic >> 48 == 0 && metric != 0 && metric <= LAST_METRIC;
    }
}

/// @dev The most thresholds that one terms template may have.
uint256 constant MAX_THRESHOLDS = 8;

/// @dev Hashes terms and tiers as EIP-712 does. The struct hashes are their ids.
library TermsHash {
    bytes32 internal constant THRESHOLD_TYPEHASH = keccak256(
        "Threshold(uint8 metric,uint8 subject,uint128 limit,uint16 withdraws,uint16 adds,uint16 uses,uint32 param,uint8 flags)"
    );

    bytes32 internal constant TERMS_TYPEHASH = keccak256(
        "Terms(string name,string uri,bytes32 text,uint16 rights,uint16 flags,uint8 family,uint128 outbound,uint256 duties,Threshold[] thresholds)Threshold(uint8 metric,uint8 subject,uint128 limit,uint16 withdraws,uint16 adds,uint16 uses,uint32 param,uint8 flags)"
    );

    bytes32 internal constant TERMS_SET_TYPEHASH = keccak256("TermsSet(bytes32 weights,bytes32 code,bytes32 outputs)");

    bytes32 internal constant TIER_TYPEHASH = keccak256(
        "Tier(bytes32 model,bytes32 terms,uint32 passThrough,bool open,bool subCredentials,uint40 maxDuration,uint64 callQuota,uint64 tokenQuota,string name,string uri)"
    );

    /// @dev The id of a terms template.
    function id(Terms calldata terms) internal pure returns (TermsId) {
        bytes32[] memory hashes = new bytes32[](terms.thresholds.length);
        for (uint256 i = 0; i < hashes.length; ++i) {
            hashes[i] = keccak256(abi.encode(THRESHOLD_TYPEHASH, terms.thresholds[i]));
        }
        // Encoded in two parts, as one has too many values for the stack.
        bytes memory texts = abi.encode(
            TERMS_TYPEHASH,
            keccak256(bytes(terms.name)),
            keccak256(bytes(terms.uri)),
            terms.text
        );
        bytes memory body = abi.encode(
            terms.rights,
            terms.flags,
            terms.family,
            terms.outbound,
            terms.duties,
            keccak256(abi.encodePacked(hashes))
        );
        return TermsId.wrap(keccak256(bytes.concat(texts, body)));
    }

    /// @dev The id of a set of terms.
    function id(TermsSet calldata set) internal pure returns (TermsId) {
        return TermsId.wrap(keccak256(abi.encode(TERMS_SET_TYPEHASH, set)));
    }

    /// @dev The id of a tier.
    function id(Tier calldata tier) internal pure returns (TierId) {
        return
            TierId.wrap(
                keccak256(
                    abi.encode(
                        TIER_TYPEHASH,
                        tier.model,
                        tier.terms,
                        tier.passThrough,
                        tier.open,
                        tier.subCredentials,
                        tier.maxDuration,
                        tier.callQuota,
                        tier.tokenQuota,
                        keccak256(bytes(tier.name)),
                        keccak256(bytes(tier.uri))
                    )
                )
            );
    }
}
