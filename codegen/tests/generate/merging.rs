//! Types that are the same become one where a name fits all of their uses.

use crate::support::{Case, cases};

cases! {
    types_of_two_areas_stay_apart: Case::document(r"
paths:
  /animals:
    get:
      operationId: listAnimals
      responses:
        '200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Animal'}}}}
  /plants:
    get:
      operationId: listPlants
      responses:
        '200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Plant'}}}}
components:
  schemas:
    Animal:
      type: object
      properties:
        color: {type: string, enum: [red, green]}
    Plant:
      type: object
      properties:
        color: {type: string, enum: [green, red]}
", &["types/"]).names("
[operations]
listAnimals = { resource = 'animals', verb = 'list' }
listPlants = { resource = 'plants', verb = 'list' }
[areas]
order = ['animals', 'plants']
");

    a_shared_name: Case::document(r"
paths:
  /animals:
    get:
      operationId: listAnimals
      responses:
        '200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Animal'}}}}
  /plants:
    get:
      operationId: listPlants
      responses:
        '200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Plant'}}}}
components:
  schemas:
    Animal:
      type: object
      properties:
        color: {type: string, enum: [red, green]}
    Plant:
      type: object
      properties:
        color: {type: string, enum: [green, red]}
", &["types/"]).names("
[operations]
listAnimals = { resource = 'animals', verb = 'list' }
listPlants = { resource = 'plants', verb = 'list' }
[areas]
order = ['animals', 'plants']
[shared]
Color = 'PlantColor'
");

    a_shared_name_of_one_type: Case::document(r"
paths:
  /animals:
    get:
      operationId: listAnimals
      responses:
        '200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Animal'}}}}
  /plants:
    get:
      operationId: listPlants
      responses:
        '200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Plant'}}}}
components:
  schemas:
    Animal:
      type: object
      properties:
        color: {type: string, enum: [red, green]}
    Plant:
      type: object
      properties:
        color: {type: string, enum: [green, red, blue]}
", &["types/"]).names("
[operations]
listAnimals = { resource = 'animals', verb = 'list' }
listPlants = { resource = 'plants', verb = 'list' }
[areas]
order = ['animals', 'plants']
[shared]
Color = 'PlantColor'
");

    inline_types_of_one_area: Case::document(r"
paths:
  /animals:
    get:
      operationId: listAnimals
      responses:
        '200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Animal'}}}}
  /plants:
    get:
      operationId: listPlants
      responses:
        '200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Plant'}}}}
components:
  schemas:
    Animal:
      type: object
      properties:
        mother: {$ref: '#/components/schemas/AnimalMother'}
        father: {$ref: '#/components/schemas/AnimalFather'}
    AnimalMother:
      type: object
      properties:
        age: {type: integer}
        eye_color: {type: string, enum: [red, green]}
    AnimalFather:
      type: object
      properties:
        height: {type: integer}
        eye_color: {type: string, enum: [red, green]}
    Plant: {type: object}
", &["types/"]).names("
[operations]
listAnimals = { resource = 'animals', verb = 'list' }
listPlants = { resource = 'plants', verb = 'list' }
[areas]
order = ['animals', 'plants']
");

    a_schema_of_both_areas: Case::document(r"
paths:
  /animals:
    get:
      operationId: listAnimals
      responses:
        '200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Animal'}}}}
  /plants:
    get:
      operationId: listPlants
      responses:
        '200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Plant'}}}}
components:
  schemas:
    Animal:
      type: object
      properties:
        color: {$ref: '#/components/schemas/Color'}
    Plant:
      type: object
      properties:
        color: {$ref: '#/components/schemas/Color'}
        second_color: {type: string, enum: [red, green]}
    Color: {type: string, enum: [red, green]}
", &["types/"]).names("
[operations]
listAnimals = { resource = 'animals', verb = 'list' }
listPlants = { resource = 'plants', verb = 'list' }
[areas]
order = ['animals', 'plants']
");

    objects_around_types_that_stay_apart: Case::document(r"
paths:
  /animals:
    get:
      operationId: listAnimals
      responses:
        '200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Animal'}}}}
  /plants:
    get:
      operationId: listPlants
      responses:
        '200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Plant'}}}}
components:
  schemas:
    Animal:
      type: object
      properties:
        skin: {type: object, properties: {color: {type: string, enum: [red, green]}}}
    Plant:
      type: object
      properties:
        skin: {type: object, properties: {color: {type: string, enum: [red, green]}}}
", &["types/"]).names("
[operations]
listAnimals = { resource = 'animals', verb = 'list' }
listPlants = { resource = 'plants', verb = 'list' }
[areas]
order = ['animals', 'plants']
[shared]
Color = 'PlantSkinColor'
");

    beta_twins: Case::document(r"
paths:
  /animals:
    get:
      operationId: listAnimals
      responses:
        '200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Animal'}}}}
  /plants:
    get:
      operationId: listPlants
      responses:
        '200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Plant'}}}}
components:
  schemas:
    Animal:
      type: object
      properties:
        friend: {$ref: '#/components/schemas/Friend'}
        beta_friend: {$ref: '#/components/schemas/BetaFriend'}
    Friend:
      type: object
      properties:
        age: {type: integer}
    BetaFriend:
      type: object
      properties:
        age: {type: integer}
    Plant: {type: object}
", &["types/"]).names("
[operations]
listAnimals = { resource = 'animals', verb = 'list' }
listPlants = { resource = 'plants', verb = 'list' }
[areas]
order = ['animals', 'plants']
");
}
