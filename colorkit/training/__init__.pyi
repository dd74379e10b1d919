from .adversarial.train import train_adversarially as train_adversarially
from .plots import draw_contact_sheet as draw_contact_sheet
from .recipes.adversarial_recipes import (
    ADVERSARIAL_RECIPES as ADVERSARIAL_RECIPES,
    AdversarialRecipe as AdversarialRecipe,
    get_adversarial_recipe as get_adversarial_recipe,
)
from .recipes.recipe import Recipe as Recipe
from .recipes.recipes import RECIPES as RECIPES, get_recipe as get_recipe
from .train import train_model as train_model
from .trainer import Trainer as Trainer
