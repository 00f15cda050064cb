// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {externalId} from "../../../contracts/types/ExternalName.sol";
import {ModelId} from "../../../contracts/types/Ids.sol";
import {ParentRelation, Part} from "../../../contracts/types/ParentRelation.sol";
import {Parent, Registration, Relation} from "../../../contracts/types/Registration.sol";
import {LedgerTest} from "../base/LedgerTest.sol";
import {RelationByte} from "../base/RelationByte.sol";

contract ParentRelationTest is LedgerTest {
    using ParentRelation for uint8;

    function testFuzz_reading_isOfWhatWasWritten(uint8 relation, uint8 part, bool isExternal) public pure {
        relation = uint8(bound(relation, 0, uint256(type(Relation).max)));
        part = uint8(bound(part, 0, uint256(type(Part).max)));
        uint8 packed = RelationByte.encode(Relation(relation), Part(part), isExternal);
        assertEq(packed.codeOf(), relation, "relation");
        assertEq(packed.hasKnownRelation() && packed.hasKnownPart(), true, "known");
        assertEq(packed.isExternal(), isExternal, "external");
    }

    function testFuzz_reading_knowsWhatIsDefined(uint8 packed) public pure {
        assertEq(packed.hasKnownRelation(), packed % 16 <= 10, "relation");
        assertEq(packed.hasKnownPart(), (packed / 16) % 8 <= 6, "part");
        assertEq(packed.isExternal(), packed >= 128, "external");
    }

    /// @dev The id of a name is a struct hash of another type. It can be named without being registered, whatever the part.
    function testFuzz_externalId_isNeverTheIdOfARegistration(string memory name, uint8 part) public {
        ModelId external_ = externalId(name);
        assertEq(
            ModelId.unwrap(external_),
            keccak256(abi.encode(keccak256("External(string name)"), keccak256(bytes(name)))),
            "struct hash"
        );
        Registration memory registration;
        registration.publisher = address(this);
        registration.weights = bytes32(uint256(1));
        registration.uri = name;
        assertEq(ModelId.unwrap(ledger.register(registration)) == ModelId.unwrap(external_), false, "id");
        registration.parents = new Parent[](1);
        Part used = Part(bound(part, 0, uint256(type(Part).max)));
        registration.parents[0] = Parent(external_, RelationByte.encode(Relation.Merge, used, true));
        ModelId model = ledger.register(registration);
        (, , ModelId[] memory parents, , ) = ledger.recordWithParentsOf(model);
        assertEq(ModelId.unwrap(parents[0]), ModelId.unwrap(external_), "parent");
    }
}
